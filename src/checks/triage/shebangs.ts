import { launchesOf } from "../launch/launches.ts";
import { resolveScript } from "../launch/resolve.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const SCRIPT = /\.(?:sh|bash|py|pl|rb|[cm]?js|[cm]?ts)$/;
/** These start a file with the kernel, which wants `#!`; a shell tries the text as its own language. */
const BY_KERNEL = new Set(["supervisor", "systemd", "dockerfile", "compose"]);

export default {
	code: "TS107",
	scope: "static",
	severity: "error",
	question: "Does every script that is started by its path name its interpreter?",
	why: "Without `#!` in the first line the kernel answers `exec format error`, and a shell takes Python for shell.",
	example: "start.sh begins with a comment or a blank line: make `#!/bin/sh` the first line.",
	run(tree) {
		const launches = launchesOf(tree).filter(({ direct, kind }) => direct === true && kind === "script");
		const seen = new Set<SourceFile>();
		const findings = launches.flatMap((launch): Found[] => {
			const found = resolveScript(tree, launch);
			if (found === undefined || !("files" in found)) return [];
			return found.files.flatMap((file): Found[] => {
				const shell = file.language === "shell";
				if (seen.has(file) || !SCRIPT.test(file.path) || file.text.startsWith("#!")) return [];
				if (launch.by === "powershell" || file.text === "" || (shell && !BY_KERNEL.has(launch.by))) return [];
				// In shell form a shell starts it.
				if (shell && launch.by === "dockerfile" && !launch.image!.step.rest.startsWith("[")) return [];
				seen.add(file);
				return [
					{
						message: `${file.path} is started by its path and has no \`#!\` in its first line`,
						evidence: [file.place(1), launch.file.place(launch.line)],
						fix: {
							say: `begin ${file.path} with ${shell ? "#!/bin/sh" : file.language === "python" ? "#!/usr/bin/env python3" : "#!/usr/bin/env node"}`,
						},
					},
				];
			});
		});
		return { looked: `${launches.length} starts by path`, findings };
	},
} satisfies StaticCheck;
