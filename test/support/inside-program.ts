import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttp } from "node:http";
import { createServer as createHttp2, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { InsideFacts } from "../../src/checks/runtime/facts.ts";
import { parseInside } from "../../src/checks/runtime/instance-facts.ts";
import { ASK, insideCommand } from "../../src/checks/runtime/inside/program.ts";
import type { Ask } from "../../src/checks/runtime/inside/tools.ts";

const MARK = "@cres-test";

/** A container in miniature: a process with its environment, and a folder with its files. */
export interface Miniature {
	folder: string;
	/** Runs the program, as it runs in a container. */
	look(ask?: Partial<Ask>): Promise<{ facts: InsideFacts; printed: string }>;
}

export async function miniature(environment: Record<string, string>): Promise<Miniature> {
	const folder = await mkdtemp(join(tmpdir(), "cres-inside-"));
	const holder = spawn("sleep", ["60"], { env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: "ignore" });
	onTestFinished(async () => {
		holder.kill();
		await rm(folder, { recursive: true, force: true });
	});
	await new Promise((resolve) => holder.once("spawn", resolve));
	const at = (name: string): string => join(folder, name);
	const own: Partial<Ask> = {
		...{ pid: holder.pid!, socket: at("supervisor.sock"), buildInfo: at("build-info.json") },
		...{ programs: at("programs.conf"), onStart: at("onstart.sh"), disks: [folder], cgroup: at("cgroup") },
	};
	return {
		folder,
		async look(ask = {}) {
			const printed = await run(insideCommand(MARK, { ...ASK, ...own, ...ask }));
			return { facts: parseInside("cpu-1", printed, MARK), printed };
		},
	};
}

async function run([file, ...args]: string[]): Promise<string> {
	const child = spawn(file!, args, { stdio: ["ignore", "pipe", "pipe"] });
	const words: string[] = [];
	child.stdout.on("data", (part: Buffer) => words.push(part.toString("utf8")));
	child.stderr.on("data", (part: Buffer) => words.push(part.toString("utf8")));
	await new Promise((resolve) => child.once("close", resolve));
	return words.join("");
}

/** An XML-RPC server on a unix socket, as supervisord is one. */
export async function fakeSupervisor(
	socket: string,
	programs: readonly Record<string, string | number>[],
): Promise<void> {
	const member = ([name, value]: [string, string | number]): string =>
		`<member>\n<name>${name}</name>\n<value><${typeof value === "number" ? "int" : "string"}>${value}</${typeof value === "number" ? "int" : "string"}></value>\n</member>`;
	const structs = programs.map(
		(one) => `<value><struct>\n${Object.entries(one).map(member).join("\n")}\n</struct></value>`,
	);
	const server = createHttp((request, response) => {
		let body = "";
		request.on("data", (part: Buffer) => (body += part.toString()));
		request.on("end", () => {
			const value = body.includes("getPID")
				? `<value><int>${process.pid}</int></value>`
				: `<value><array><data>${structs.join("\n")}</data></array></value>`;
			response.end(`<?xml version='1.0'?><methodResponse><params><param>${value}</param></params></methodResponse>`);
		});
	});
	await new Promise<void>((resolve) => server.listen(socket, resolve));
	onTestFinished(() => void server.close());
}

/** A gRPC server that answers every call with this status. Returns `host:port`, and the headers and bodies of the calls. */
export async function fakeTemporal(
	status: number,
	message = "",
): Promise<{ address: string; sent: Record<string, unknown>[]; bodies: Buffer[] }> {
	const sent: Record<string, unknown>[] = [];
	const bodies: Buffer[] = [];
	const server: Http2Server = createHttp2();
	server.on("stream", async (stream, headers) => {
		sent.push(headers);
		bodies.push(await buffer(stream));
		stream.respond(
			{ ":status": 200, "content-type": "application/grpc", "grpc-status": status, "grpc-message": message },
			{ endStream: true },
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => void server.close());
	return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, sent, bodies };
}

/** Files of a folder. */
export const write = (folder: string, files: Record<string, string>): Promise<unknown> =>
	Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
