import { createServer } from "node:net";
import { STOP_WORD } from "../../src/contracts/stop-channel.ts";

/** Calls `stop` when somebody says so at `path`; keeps no process alive, and needs none who comes. */
export function listenForStop(path: string, stop: () => void): void {
	const server = createServer((socket) => {
		let said = "";
		socket.unref().setEncoding("utf8");
		socket.on("error", () => {}); // whoever spoke is gone
		socket.on("data", (text: string) => {
			said += text;
			if (said === STOP_WORD) stop();
			if (said.length >= STOP_WORD.length) socket.destroy();
		});
	});
	server.on("error", () => {}); // a child of the program that listens there already
	server.listen(path).unref();
}
