/** User and group ids of a container's programs. No account has them: adduser counts from 1000. */
export const USER_IDS = {
	/** yt-dlp and ffmpeg */
	download: "59001",
	/** llama and whisper */
	engine: "59002",
	api: "59003",
	/** worker-cpu */
	worker: "59004",
	models: "59005",
	watchdog: "59006",
	/** worker-gpu */
	gpuWorker: "59007",
} as const;
