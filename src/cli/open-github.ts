import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import type { GitHub } from "../github/client.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";

export interface GitHubNeeds {
	config: Config;
	shell: Shell;
	progress: Progress;
	signal: AbortSignal;
}

/** The repository of the configuration on GitHub. @throws UserError github_token_missing, github_repository_unset (usage) */
export async function openGitHub({ config, shell, progress, signal }: GitHubNeeds): Promise<GitHub> {
	const token = config.secret("GITHUB_TOKEN");
	if (!token)
		throw new UserError("github_token_missing", "no value for GITHUB_TOKEN", {
			hint: "make a token with read access to actions, contents and commit statuses, and put GITHUB_TOKEN=… into .env",
		});
	const [{ createGitHub }, { repositoryOn }, { repositoryOf }] = await Promise.all([
		import("../github/client.ts"),
		import("../github/repository.ts"),
		import("../config/starter.ts"),
	]);
	const { api, repository: configured } = config.github;
	const argv = ["config", "--get", "remote.origin.url"];
	const remote = await shell.run("git", argv, { cwd: config.root, signal }).catch(() => signal.throwIfAborted());
	const origin = repositoryOf(remote?.stdout ?? "")?.source;
	const repository = repositoryOn({ api, configured, pages: [origin, config.image.source] });
	return createGitHub({ url: api, repository, token, signal, note: (text) => progress.note(text) });
}
