import { BUILD_INFO_PATH } from "../../src/contracts/build-info.ts";
import { WRONG_BUILD_ID, type GenerationSpec, type Quirks } from "./backing.ts";

/** Port inside the container of the sshd that takes account keys only; the gateway leads to it. */
export const PROXY_SSH_PORT = 30_022;

/** Where the payload's worker starts. */
const WORKER_MAIN = "/app/images/worker/main.js";

/**
 * What runs in place of the image's ENTRYPOINT in ssh run types, as process 1: host keys at the first start, two sshds,
 * the on-start at every start, then nothing until it is stopped. $1: words of what goes wrong, $2: seconds until sshd,
 * $3: account keys, $4: the on-start.
 */
const LAUNCHER = `
trap 'exit 0' TERM INT
is() { case " $WRONG " in *" $1 "*) return 0 ;; esac; return 1; }
WRONG=$1
mkdir -p /root/.ssh /run/sshd /var/lib/vast
if [ ! -e /root/hasbooted ]; then
	rm -f /etc/ssh/ssh_host_*
	ssh-keygen -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key
	ssh-keygen -q -t ed25519 -N '' -C '' -f /var/lib/vast/other_key
	printf '%s\\n' "$SSH_PUBLIC_KEY" > /root/.ssh/authorized_keys
	printf '%s\\n' "$3" > /var/lib/vast/account_keys
	chmod 700 /root/.ssh && chmod 600 /root/.ssh/authorized_keys
	printf '%s' "$VAST_CONTAINERLABEL" > /root/.vast_containerlabel
	printf 'Welcome to vast.ai. If authentication fails, try again after a few seconds.\\nHave fun!\\n' > /var/lib/vast/banner
	is tmux-noise && { echo '[ -e ~/.no_auto_tmux ] || { echo "open terminal failed: not a terminal"; echo "duplicate session: ssh_tmux"; }'; cat /root/.bashrc; } > /root/.bashrc.new 2>/dev/null && mv /root/.bashrc.new /root/.bashrc
	is crash-loop && [ -f ${WORKER_MAIN} ] && echo 'process.exit(1);' > ${WORKER_MAIN}
	is wrong-build && [ -f ${BUILD_INFO_PATH} ] && sed -i 's/"buildId": *"[^"]*"/"buildId":"${WRONG_BUILD_ID}"/' ${BUILD_INFO_PATH}
	date > /root/hasbooted
fi
is bad-modes && chmod 777 /root/.ssh && chown 1000 /root/.ssh/authorized_keys
sleep "$2"
key=/etc/ssh/ssh_host_ed25519_key
is wrong-host-key && key=/var/lib/vast/other_key
set -- "$4" -D -e -h $key -o PermitRootLogin=prohibit-password -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no -o Banner=/var/lib/vast/banner -o PidFile=none
onstart=$1
shift
/usr/sbin/sshd "$@" -p 22 &
/usr/sbin/sshd "$@" -p ${PROXY_SSH_PORT} -o AuthorizedKeysFile=/var/lib/vast/account_keys -o StrictModes=no &
echo "host key $(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2) (ED25519)"
if [ -n "$onstart" ]; then
	printf '%s\\n' "$onstart" > /root/onstart.sh
	( cd /root && exec bash /root/onstart.sh >> /root/onstart.log 2>&1 ) # else dash itself would have its output there meanwhile
fi
while :; do sleep 86400 & wait $!; done
`;

const WORDS: Partial<Record<keyof Quirks, string>> = {
	crashLoop: "crash-loop",
	wrongBuild: "wrong-build",
	wrongHostKey: "wrong-host-key",
	badModes: "bad-modes",
	tmuxNoise: "tmux-noise",
};

/** Entry point and arguments of an ssh run type's container; `factor`: how much faster the platform's time runs. */
export function launch({ quirks, sshdDelayMs, accountKeys, onstart }: GenerationSpec, factor: number) {
	const wrong = Object.entries(WORDS).flatMap(([quirk, word]) => (quirks[quirk as keyof Quirks] ? [word] : []));
	const delay = (sshdDelayMs / factor / 1000).toFixed(3);
	return {
		Entrypoint: ["/bin/sh", "-c", LAUNCHER, "launch"],
		Cmd: [wrong.join(" "), delay, accountKeys.join("\n"), onstart ?? ""],
	};
}
