/** Puts the page together: reads the results that it contains, and shows them. */
import { render } from "preact";
import { checkReport } from "../report-format.ts";
import { Page } from "./parts/page.tsx";
import "./styles/base.css";
import "./styles/sections.css";
import "./styles/overview.css";
import "./styles/print.css";

const place = document.getElementById("page") as HTMLElement;
const text = document.getElementById("results")?.textContent ?? "";
place.textContent = "";
try {
  const report: unknown = JSON.parse(text);
  checkReport(report);
  render(<Page report={report} json={text} />, place);
} catch (error) {
  render(<p class="trouble">The results in this file cannot be shown: {String(error)}</p>, place);
  throw error;
}
