interface NginxFault {
	message: string;
	/** An offset in the text. */
	at: number;
}

const TOKENS =
	/#[^\n]*|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|["']|\$\{\w+\}|[{};]|(?:[^\s{};"'#\\$]|\\[^]|\$(?!\{)|(?<=[^\s{};])#)+|\$/g;
/** Directives that end with `;` and are never an argument of another one. */
const SIMPLE =
	/^(?:listen|server_name|proxy_pass|proxy_set_header|proxy_http_version|proxy_read_timeout|proxy_connect_timeout|proxy_send_timeout|proxy_buffering|root|index|try_files|return|rewrite|include|access_log|error_log|client_max_body_size|add_header|ssl_certificate|ssl_certificate_key|ssl_protocols|ssl_ciphers|keepalive_timeout|worker_processes|worker_connections|sendfile|gzip|expires|allow|deny|auth_basic|auth_basic_user_file|fastcgi_pass|uwsgi_pass|grpc_pass|resolver|default_type|pid|user)$/;

/** What nginx -t refuses in the form of a file: braces, quotes and semicolons. */
export function nginxFaults(text: string): NginxFault[] {
	const open: number[] = [];
	let words: { text: string; at: number }[] = [];
	for (const { 0: token, index } of text.matchAll(TOKENS)) {
		if (token.startsWith("#")) continue;
		if (token === '"' || token === "'") return [{ message: "a quote is not closed", at: index }];
		if (token === "{") {
			if (words.length === 0) return [{ message: "`{` without a directive", at: index }];
			if (SIMPLE.test(words[0]!.text)) return [{ message: `\`${words[0]!.text}\` has no \`;\``, at: words[0]!.at }];
			open.push(words[0]!.at);
		}
		if (token === "}") {
			if (words.length > 0) return [{ message: `\`${words[0]!.text}\` has no \`;\``, at: words[0]!.at }];
			if (open.pop() === undefined) return [{ message: "`}` closes nothing", at: index }];
		}
		if (/^[{};]$/.test(token)) {
			words = [];
			continue;
		}
		const before = words[0];
		if (
			before !== undefined &&
			SIMPLE.test(before.text) &&
			SIMPLE.test(token) &&
			/\n\s*$/.test(text.slice(before.at, index))
		)
			return [{ message: `\`${before.text}\` has no \`;\``, at: before.at }];
		words.push({ text: token, at: index });
	}
	if (words.length > 0) return [{ message: `\`${words[0]!.text}\` has no \`;\``, at: words[0]!.at }];
	return open.length > 0 ? [{ message: "a block has no `}`", at: open.at(-1)! }] : [];
}
