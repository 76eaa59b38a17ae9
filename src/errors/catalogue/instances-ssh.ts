import type { Entry } from "./entry.ts";

export const sshErrors = {
	bad_login: {
		exit: "usage",
		retry: false,
		meaning: "A host or user name to log in with is not one.",
		remedy: "Give a host name or an address, and a plain login name.",
	},
	connection_lost: {
		exit: "failed",
		retry: true,
		meaning: "The ssh connection to an instance ended in the middle of the work.",
		remedy: "Look with cres status, then run the command again.",
	},
	docker_socket_refused: {
		exit: "failed",
		retry: false,
		meaning: "The socket of an instance's Docker daemon cannot be opened; the message says why.",
		remedy: "Change sshd_config, the user's group, or docker_socket in cres.yaml, as the hint says.",
	},
	forwarding_refused: {
		exit: "failed",
		retry: false,
		meaning: "The sshd of an instance does not forward to ports.",
		remedy: "Allow it in its sshd_config: AllowTcpForwarding yes.",
	},
	host_key_mismatch: {
		exit: "failed",
		retry: false,
		meaning: "A host shows another key than the pinned one.",
		remedy: "Find out why before you accept it; never connect past it.",
	},
	host_key_unknown: {
		exit: "failed",
		retry: false,
		meaning: "No host key is pinned for the instance.",
		remedy: "Pin it with cres instance adopt.",
	},
	instance_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "No connection to the instance's sshd can be made.",
		remedy: "Check host and port in cres.yaml and that the instance is up.",
	},
	no_answer: {
		exit: "failed",
		retry: true,
		meaning: "An instance took a call over ssh and did not answer it in time, or answers without end.",
		remedy: "Look at the instance with cres ssh, then run the command again.",
	},
	ssh_key_missing: {
		exit: "failed",
		retry: false,
		meaning: "An instance's ssh key file cannot be read.",
		remedy: "Set the instance's key in cres.yaml to your private key file.",
	},
	ssh_key_unusable: {
		exit: "failed",
		retry: false,
		meaning: "An instance's ssh key is encrypted or damaged.",
		remedy: "Use an unencrypted private key that only you can read.",
	},
	ssh_refused: {
		exit: "failed",
		retry: false,
		meaning: "The instance refuses the ssh key.",
		remedy: "Add the public key there, or correct the instance's key in cres.yaml.",
	},
} as const satisfies Record<string, Entry>;
