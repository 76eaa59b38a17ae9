import type Docker from "dockerode";
import type { SshSession } from "../ssh/session.ts";
import type { HostFacts } from "./container-host.ts";

/** What the daemon tells of its host. */
export async function readFacts(docker: Docker): Promise<HostFacts> {
	const info = (await docker.info()) as Record<string, unknown>;
	const architecture =
		{ x86_64: "amd64", aarch64: "arm64" }[String(info["Architecture"])] ?? String(info["Architecture"]);
	return {
		platform: `${String(info["OSType"])}/${architecture}`,
		gpu: Object.keys((info["Runtimes"] as object | null) ?? {}).includes("nvidia"),
		dataRoot: String(info["DockerRootDir"]),
	};
}

/** Bytes free where `dataRoot` lies; undefined when the host does not tell. */
export async function readFreeBytes(session: Pick<SshSession, "exec">, dataRoot: string): Promise<number | undefined> {
	const df = await session.exec(["df", "-B1", "--output=avail", dataRoot]);
	const free = df.stdout.match(/^\s*\d+\s*$/gm)?.at(-1); // the login shell may greet before it and after
	return df.exitCode === 0 && free !== undefined ? Number(free) : undefined;
}
