import { homedir } from "node:os";
import { join } from "node:path";

/** What programs need to find themselves, their files, the network and the terminal: Windows' names too. */
const NAMES = new Set([
	...["PATH", "PATHEXT", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LANGUAGE"],
	...["TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CI", "DISPLAY", "WAYLAND_DISPLAY"],
	...[
		"SYSTEMROOT",
		"SYSTEMDRIVE",
		"WINDIR",
		"COMSPEC",
		"USERPROFILE",
		"HOMEDRIVE",
		"HOMEPATH",
		"USERNAME",
		"USERDOMAIN",
	],
	...["APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMPUTERNAME"],
	...["COMMONPROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS", "WSL_DISTRO_NAME", "WSLENV"],
	...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "FTP_PROXY"],
	...["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"],
	...["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_PATH", "NODE_USE_ENV_PROXY", "NODE_USE_SYSTEM_CA"],
	...["SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "GPG_TTY", "GNUPGHOME"],
	...[
		"GIT_DIR",
		"GIT_WORK_TREE",
		"GIT_INDEX_FILE",
		"GIT_CEILING_DIRECTORIES",
		"GIT_CONFIG_GLOBAL",
		"GIT_CONFIG_SYSTEM",
	],
	...["GIT_CONFIG_NOSYSTEM", "GIT_DISCOVERY_ACROSS_FILESYSTEM"],
	// where Docker's credential helpers find their own configuration, which is no credential itself
	...["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"],
	...["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "AZURE_CONFIG_DIR"],
	...["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SOURCE_DATE_EPOCH", "VIRTUAL_ENV"],
]);

const FAMILIES = /^(LC_|XDG_|DOCKER_|BUILDKIT_|BUILDX_|COMPOSE_|CONTAINERD_|DBUS_|CRES_)/;
const SECRET = /(KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH|AUTH_CONFIG)$/;

/**
 * The part of an environment that programs get which cres starts: an allow-list, so that no secret of the environment
 * reaches git, docker, ssh or a compiler. `own` is added as it is. On Windows names have no case.
 */
export function childEnvironment(
	own: Readonly<Record<string, string>> = {},
	all: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
	const passed = Object.entries(all).filter((entry): entry is [string, string] => {
		const name = entry[0].toUpperCase();
		return entry[1] !== undefined && (NAMES.has(name) || (FAMILIES.test(name) && !SECRET.test(name)));
	});
	return { ...Object.fromEntries(passed), ...own };
}

/** Where the docker client has its configuration. */
export const dockerFolder = (all: Readonly<Record<string, string | undefined>> = process.env): string =>
	all["DOCKER_CONFIG"] || join(homedir(), ".docker");

/** Variables by their names, of an environment; one that has no value is left out. */
export const namedEnvironment = (
	names: readonly string[],
	all: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> =>
	Object.fromEntries(names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
