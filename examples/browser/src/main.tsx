/** Puts the page together: the parts, who plays them, and the views. */
import { render } from "preact";
import { parts } from "./parts/all.ts";
import { Player } from "./player.ts";
import { App } from "./views/app.tsx";

const player = new Player(parts, { baseUrl: document.baseURI });
render(<App player={player} />, document.getElementById("app") as HTMLElement);
