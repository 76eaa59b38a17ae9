import { shellScriptOf, type Command } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const DUMP =
	/^(?:pg_dump|pg_dumpall|mysqldump|mariadb-dump|mongodump|pg_basebackup|zfs|btrfs|xtrabackup|mariabackup|redis-cli|etcdctl)$/;
const WRAPPERS = /^(?:docker|podman|kubectl|sudo|ssh|nice|ionice|timeout|env|gosu|su-exec)$/;

export default {
	code: "TS376",
	scope: "static",
	severity: "warning",
	question: "Does a backup fail when its dump fails?",
	why: "Without pipefail a pipe ends as its last command does: a failed pg_dump leaves an empty archive and exit code 0, and the old ones are deleted after it.",
	example: "`pg_dump … | gzip > db.sql.gz` under `set -e`: write `set -euo pipefail` above it.",
	run(tree) {
		const files = tree
			.in("shell")
			.filter((file) => file.has(/dump|basebackup|zfs send|xtrabackup/) && file.includes("|") && !isAside(file.path));
		return { looked: `${files.length} scripts that dump`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	if (file.has(/\bpipefail\b|PIPESTATUS/)) return [];
	const commands = shellScriptOf(file).commands.filter(({ nested }) => !nested);
	return commands.flatMap((command, index): Found[] => {
		const next = commands[index + 1];
		const dump = dumpOf(command);
		if (dump === undefined || next?.before !== "|" || command.before === "|" || !keeps(commands, index + 1)) return [];
		const sh = file.has(/^#!.*[/ ](?:sh|dash)\s/);
		return [
			{
				message: `${file.path} pipes ${dump} without pipefail: a dump that fails is kept as an empty file, with exit code 0`,
				evidence: [file.placeAt(command.words[0]!.start)],
				fix: {
					say: sh
						? `write #!/usr/bin/env bash and set -euo pipefail, or dump into a file first`
						: "write set -euo pipefail at the top",
				},
			},
		];
	});
}

/** The program that dumps, behind `docker exec db` and the like. */
function dumpOf({ words }: Command): string | undefined {
	const texts = words.map(({ text }) => text.replace(/^.*\//, ""));
	const first = texts.findIndex((text) => !/^\w+=/.test(text));
	const name = DUMP.test(texts[first] ?? "")
		? texts[first]
		: WRAPPERS.test(texts[first] ?? "")
			? texts.slice(first).find((one) => DUMP.test(one))
			: undefined;
	if (name === undefined) return undefined;
	const needs: Readonly<Record<string, string>> = {
		zfs: "send",
		btrfs: "send",
		"redis-cli": "--rdb",
		etcdctl: "snapshot",
	};
	return needs[name] === undefined || texts.includes(needs[name]) ? name : undefined;
}

/** The pipe ends in a file or in another machine. */
function keeps(commands: readonly Command[], from: number): boolean {
	for (let at = from; commands[at]?.before === "|"; at += 1) {
		const { words, writes } = commands[at]!;
		if (writes.some(({ text }) => text !== "/dev/null")) return true;
		if (/^(?:aws|gsutil|rclone|s3cmd|mc|restic|ssh|dd|tee|split|az|gcloud|borg|zfs)$/.test(words[0]?.text ?? ""))
			return true;
	}
	return false;
}
