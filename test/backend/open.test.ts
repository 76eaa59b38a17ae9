import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findBackend, readSettings } from "../../src/backend/open.ts";
import { placeOf } from "../../src/backend/place.ts";
import { specFile } from "../../src/backend/supervisor/spec.ts";
import { loadConfig } from "../../src/config/load.ts";

const BACKEND = "nginx: { port: 8000 }, servers: { a: { port: 8001, command: node server.js } }";
const CRES = `project: video
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), "cres-open-"));
	for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
	return directory;
}

it("takes the section of cres.yaml where there is no file of its own", async () => {
	const directory = await folder({ "cres.yaml": `${CRES}backend: { ${BACKEND} }\n` });
	const place = await findBackend(undefined, directory);
	expect(place).toMatchObject({ file: join(directory, "cres.yaml"), root: directory });
	expect((await readSettings(place)).servers["a"]).toMatchObject({ port: 8001 });
	expect(await loadConfig({ directory, environment: {} })).toMatchObject({ root: directory });
	await writeFile(join(directory, "dev-config.yaml"), `{ ${BACKEND} }`);
	expect((await findBackend(undefined, directory)).file).toBe(join(directory, "dev-config.yaml"));
});

it("finds none in a cres.yaml without that section", async () => {
	const directory = await folder({ "cres.yaml": CRES });
	await expect(findBackend(undefined, directory)).rejects.toMatchObject({ code: "backend_config_missing" });
	await expect(findBackend("x.yaml", directory)).rejects.toMatchObject({ message: "x.yaml is not there" });
});

it("says what has the name of a file and is none", async () => {
	const directory = await folder({});
	await mkdir(join(directory, "backend.yaml"));
	await expect(findBackend(undefined, directory)).rejects.toMatchObject({
		message: expect.stringMatching(/^no backend\.yaml, .*; backend\.yaml is a folder$/) as string,
		hint: expect.stringContaining("name it as FILE") as string,
	});
});

it("says that a link leads nowhere", async () => {
	const directory = await folder({});
	await symlink(join(directory, "nowhere.yaml"), join(directory, "backend.yaml"));
	const message = expect.stringMatching(/; backend\.yaml is a link to what is not there$/) as string;
	await expect(findBackend(undefined, directory)).rejects.toMatchObject({ message });
});

it("finds the same backend by a link to its folder", async () => {
	const directory = await folder({ "backend.yaml": `{ ${BACKEND} }` });
	await symlink(directory, `${directory}-link`);
	const place = await findBackend(undefined, directory);
	expect(await findBackend(join(`${directory}-link`, "backend.yaml"), "/")).toEqual(place);
});

it("finds what was started from a file that is gone, so that it can be stopped", async () => {
	const directory = await folder({});
	const place = placeOf(join(directory, "backend.yaml"));
	await mkdir(join(place.directory, "state"), { recursive: true });
	await writeFile(specFile(place.directory), "{}");
	expect(await findBackend(undefined, directory)).toEqual(place);
	expect(await findBackend("backend.yaml", directory)).toEqual(place);
	await expect(readSettings(place)).rejects.toMatchObject({ code: "backend_config_missing" });
});
