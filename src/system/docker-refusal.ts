/**
 * What to do about the sentence with which a Docker daemon ended a pull or push; undefined for one that says nothing
 * known. The sentences are the daemon's own (moby, errdefs) or the registry's error codes (distribution-spec, "Error
 * codes"), which it passes on.
 */
export function refusalHint(sentence: string): string | undefined {
	if (/no space left on device|disk quota exceeded/i.test(sentence))
		return "the disk of the Docker daemon is full: free space there (docker system df shows what takes it), then run the command again";
	if (/unauthorized|authentication required|no basic auth credentials|\bdenied\b|\b401\b|\b403\b/i.test(sentence))
		return "the registry refuses the login: correct REGISTRY_USERNAME and REGISTRY_PASSWORD in .env, then cres doctor";
	if (/toomanyrequests|too many requests|rate limit|\b429\b/i.test(sentence))
		return "the registry limits how often it is asked: wait some minutes, or use a login with a higher limit, then run the command again";
	if (/unsupported media type|media type|schema 1|manifest\.v1\b|zstd/i.test(sentence))
		return "this Docker daemon cannot read the image: build it again with cres build --push, or install a newer Docker there";
	return undefined;
}
