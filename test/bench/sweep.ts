import { spawn, type ChildProcess } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { instanceKey, instanceSocket } from "../../rehearsal/parts/instance.ts";
import { insideCommand } from "../../src/checks/runtime/inside/program.ts";
import type { TriageReport } from "../../src/checks/triage-report.ts";
import { loadConfig } from "../../src/config/load.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import { shellWord } from "../../src/system/text.ts";
import { pinHostKey, pinnedHostKey } from "../../src/state/host-keys.ts";
import { acceptsTcp } from "../../src/system/answers.ts";
import { freePorts } from "../support/free-ports.ts";
import { median, mustRun, ran, say } from "./measure.ts";
import { BENCH_INSTANCE, prepare, withProject, type BenchProject } from "./project.ts";

const TARGETS = 100;
const FORKS = 50;
const ROUNDS = 3;
const AIM = 5;
const ANSIBLE = "ansible-core==2.19.14";

/**
 * A triage of a hundred ssh targets, each with a container of ours that runs nothing, beside Ansible: its ping and the
 * same facts, by the same program in the same containers. The targets are ports of sshd on this machine.
 */
export const sweepBench = (root: string): Promise<void> =>
	withProject(root, {}, async (project) => {
		await prepare(project);
		await project.cres(["deploy", BENCH_INSTANCE]);
		const names = Array.from({ length: TARGETS }, (_, at) => `target-${at + 1}`);
		const first = await freePorts(TARGETS);
		await runContainers(project, names);
		const sshds = await startSshds(project, first);
		try {
			await nameTargets(project, names, first);
			const ansible = await prepareAnsible(root, project, names, first);
			const [ours, ping, facts]: [number[], number[], number[]] = [[], [], []];
			for (let round = 0; round < ROUNDS; round++) {
				ours.push(await sweep(root, project));
				const [pinged, told] = await ansible();
				ping.push(pinged);
				facts.push(told);
			}
			report({ ours, ping, facts });
		} finally {
			for (const sshd of sshds) sshd.kill();
		}
	});

function report({ ours, ping, facts }: Record<"ours" | "ping" | "facts", number[]>): void {
	const theirs = median(ping.map((ms, at) => ms + facts[at]!));
	const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
	say(`  cres triage --runtime of ${TARGETS} targets: ${seconds(median(ours))} (median of ${ROUNDS})`);
	say(
		`  ansible -m ping ${seconds(median(ping))}, the same facts ${seconds(median(facts))}, forks=${FORKS}: ${(theirs / median(ours)).toFixed(1)} × as long (aim ≥ ${AIM} ×)`,
	);
}

/** Containers as a deploy makes them, but for their program, of which a hundred would fill this machine. */
async function runContainers({ docker }: BenchProject, names: readonly string[]): Promise<void> {
	const label = `${LABEL.instance}=${BENCH_INSTANCE}`;
	const [deployed] = await docker.listContainers({ filters: { label: [label] } });
	const { Config, Image } = await docker.getContainer(deployed!.Id).inspect();
	for (const name of names) {
		const container = await docker.createContainer({
			...{ Image, Env: Config.Env, Entrypoint: ["sleep"], Cmd: ["infinity"], name: `bench-${name}` },
			Labels: { ...Config.Labels, [LABEL.instance]: name },
		});
		await container.start();
	}
}

/** Ports that one sshd listens to (MAX_LISTEN_SOCKS of OpenSSH). */
const PORTS = 16;

async function startSshds({ perimeter, directory }: BenchProject, first: number): Promise<ChildProcess[]> {
	const keys = join(perimeter.directory, "ssh");
	const common = [
		...["ListenAddress 127.0.0.1", `HostKey ${join(keys, "host_ed25519")}`, "PidFile none", "StrictModes no"],
		...[`AuthorizedKeysFile ${join(keys, "authorized_keys")}`, "MaxStartups 500", "AllowStreamLocalForwarding yes"],
		...["PasswordAuthentication no", "PermitRootLogin prohibit-password"],
		`SetEnv DOCKER_HOST=unix://${instanceSocket(perimeter)}`,
	];
	const ports = Array.from({ length: TARGETS }, (_, at) => first + at);
	const started: ChildProcess[] = [];
	while (ports.length > 0) {
		const file = join(directory, `sshd_config_${started.length}`);
		const own = ports.splice(0, PORTS);
		await writeFile(file, `${[...own.map((port) => `Port ${port}`), ...common].join("\n")}\n`);
		const sshd = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", file], { stdio: "ignore" });
		started.push(sshd);
		while (!(await acceptsTcp(own.at(-1)!))) {
			if (sshd.exitCode !== null) throw new Error(`sshd exits ${sshd.exitCode}`);
			await delay(50);
		}
	}
	return started;
}

/** The targets in cres.yaml, with the host key that was accepted for the instance whose sshd they are. */
async function nameTargets({ directory }: BenchProject, names: readonly string[], first: number): Promise<void> {
	const file = join(directory, "cres.yaml");
	const settings = parse(await readFile(file, "utf8")) as { instances: Record<string, object> };
	const model = settings.instances[BENCH_INSTANCE]!;
	const instances = Object.fromEntries(names.map((name, at) => [name, { ...model, port: first + at }]));
	await writeFile(file, stringify({ ...settings, instances }));
	const { state } = await loadConfig({ directory, environment: {} });
	const pin = (await pinnedHostKey(state, BENCH_INSTANCE))!;
	for (const [at, name] of names.entries())
		await pinHostKey(state, name, { ...pin, endpoint: `127.0.0.1:${first + at}` });
}

/** Milliseconds of the whole command. @throws Error when a target was not asked or did not answer */
async function sweep(root: string, { directory }: BenchProject): Promise<number> {
	const argv = [join(root, "bin/run.js"), "triage", "--runtime", "--all", "--budget", "120s", "--json"];
	const { stdout, stderr, ms } = await ran(process.execPath, argv, { cwd: directory });
	const { lookedAt, findings } = JSON.parse(stdout || `{"error": ${JSON.stringify(stderr)}}`) as TriageReport;
	const silent = findings.filter(({ check }) => check === "instance-answers");
	if (lookedAt.instances.length === TARGETS && silent.length === 0) return ms;
	throw new Error(`${lookedAt.instances.length} of ${TARGETS} were looked at, ${silent.length} did not answer`);
}

/** Ansible from PyPI, in an environment of its own, and what asks all targets with it: milliseconds of ping and facts. */
async function prepareAnsible(
	root: string,
	{ perimeter, directory }: BenchProject,
	names: readonly string[],
	first: number,
): Promise<() => Promise<[ping: number, facts: number]>> {
	const venv = join(root, ".cres/bench-ansible");
	if (!existsSync(join(venv, "bin/ansible"))) {
		await mustRun("python3", ["-m", "venv", venv]);
		await mustRun(join(venv, "bin/pip"), ["install", "--quiet", ANSIBLE]);
	}
	const hosts = names.map((name, at) => `${name} ansible_host=127.0.0.1 ansible_port=${first + at}`);
	await writeFile(join(directory, "hosts"), `${hosts.join("\n")}\n`);
	const settings = [
		...["[defaults]", `forks=${FORKS}`, "host_key_checking=False", "interpreter_python=/usr/bin/python3"],
		...[`private_key_file=${instanceKey(perimeter)}`, "remote_user=root", `inventory=${join(directory, "hosts")}`],
		...["[ssh_connection]", "pipelining=True"],
	];
	await writeFile(join(directory, "ansible.cfg"), `${settings.join("\n")}\n`);
	const inside = insideCommand("@bench").map(shellWord).join(" ");
	const script = `id=$(docker ps -q --filter label=${LABEL.instance}=$1) && docker inspect $id && docker exec $id ${inside}\n`;
	await writeFile(join(directory, "facts.sh"), `set -eu\n${script}`);
	const base = { ...process.env, ANSIBLE_CONFIG: join(directory, "ansible.cfg"), HOME: directory };
	let round = 0;
	return async () => {
		// Its ping logs in, as ours does; its facts use the connections of that.
		const env = { ...base, ANSIBLE_SSH_CONTROL_PATH_DIR: join(directory, `masters-${round++}`) };
		const ask = async (...args: string[]): Promise<number> =>
			(await mustRun(join(venv, "bin/ansible"), ["all", ...args], { cwd: directory, env })).ms;
		const ping = await ask("-m", "ping");
		return [ping, await ask("-m", "command", "-a", `sh ${join(directory, "facts.sh")} {{ inventory_hostname }}`)];
	};
}
