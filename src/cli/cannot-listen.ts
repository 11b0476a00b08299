/** Ports that cannot be had. */
import { SafeThinkError } from "../trace/errors.ts";

/** The error for a port that cannot be had; any other error as it is. */
export function cannotListen(error: unknown, { host, port }: { host: string; port: number }): unknown {
	const code = (error as NodeJS.ErrnoException).code;
	if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") return error;
	return new SafeThinkError("cannot-listen", `cannot listen on ${host}:${port} (${code})`, {
		remedy: "choose another --port; 0 takes a free one",
		cause: error,
	});
}
