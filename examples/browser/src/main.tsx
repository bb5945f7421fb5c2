/** Puts the page together: the parts, the player, and the views. The first part runs at once. */
import { render } from "preact";
import { parts } from "./parts/all.ts";
import { Player } from "./player.ts";
import { App } from "./views/app.tsx";

const player = new Player(parts);
render(<App player={player} />, document.getElementById("app") as HTMLElement);
void player.play(parts[0]);
