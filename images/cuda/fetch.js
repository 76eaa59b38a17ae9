// Fetches the packages of lock.json ($1) into a directory ($2). Each has to have the size and checksum of the lock,
// wherever it comes from: the mirror forgets a version when a newer one comes, the archive keeps it.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const [lockFile, directory] = process.argv.slice(2);
const { mirror, archive, packages } = JSON.parse(await readFile(lockFile, "utf8"));
for (const one of packages) await writeFile(join(directory, `${one.name}.deb`), await intact(one));

async function intact({ name, path, size, sha256 }) {
	const faults = [];
	for (const source of [`${mirror}/${path}`, `${archive}/${path}`]) {
		const content = await load(source).catch((error) => error);
		if (content instanceof Error) faults.push(`${source}: ${content.cause?.message ?? content.message}`);
		else if (content.byteLength !== size) faults.push(`${source}: ${content.byteLength} bytes instead of ${size}`);
		else if (createHash("sha256").update(content).digest("hex") !== sha256) faults.push(`${source}: wrong checksum`);
		else return content;
	}
	throw new Error([`${name} is not to be had as locked: cres build --update-lock`, ...faults].join("\n"));
}

async function load(source) {
	const response = await fetch(source);
	if (!response.ok) throw new Error(`HTTP ${response.status}`);
	return Buffer.from(await response.arrayBuffer());
}
