/** Owns whether the page is light or dark: as the system says, unless the user chose. */
import { useEffect, useState } from "preact/hooks";
import { Choice } from "./choice.tsx";

type Theme = "auto" | "light" | "dark";
const KEY = "wasyncio-report-theme";

export function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(remembered);
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    remember(theme);
  }, [theme]);
  return (
    <Choice<Theme>
      legend="Colours"
      quiet
      options={[
        ["auto", "Auto"],
        ["light", "Light"],
        ["dark", "Dark"],
      ]}
      value={theme}
      onChoose={setTheme}
    />
  );
}

/** Files have no storage in some browsers. */
function remembered(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto";
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds until the page is closed.
  }
}
