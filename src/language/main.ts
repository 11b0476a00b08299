/** The language server's process: prompt sets and configurations over standard input and output, or node's channel. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { serve } from "./server.ts";

const connection = createConnection(ProposedFeatures.all);
serve(connection);
connection.listen();
