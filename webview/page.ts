/** Starts the page. */
import "./styles/page.css";
import { App } from "./app.ts";
import { RunClient } from "./core/run-client.ts";
import { chooseTheme } from "./core/theme.ts";
import { connectHost } from "./core/transport.ts";

chooseTheme();
const host = connectHost();
const app = new App();
app.host = host;
app.run = new RunClient(host);
document.body.replaceChildren(app);
