import { describe, expect, it } from "vitest";
import { readConfigText } from "../../src/config/faults.ts";
import { starterText } from "../../src/config/starter.ts";

const starter = starterText({ schema: "./cres.schema.json", project: "video", repository: "owner/app" });

/** Takes the # away from settings, and leaves it to comments, which have a blank behind it. */
const uncommented = (text: string): string => {
	const once = text.replaceAll(/^(\s*)#(?=\S|\s{2})/gm, "$1");
	return once === text ? text : uncommented(once);
};

describe("starterText", () => {
	it("is taken as it stands", () => {
		expect(readConfigText(starter)).toMatchObject({
			settings: { project: "video", image: { repository: "owner/app", context: "." }, instances: {} },
		});
	});

	it("is taken with every line set, and then sets everything", () => {
		const read = readConfigText(uncommented(starter));
		expect(read).toMatchInlineSnapshot(`
			{
			  "settings": {
			    "attest": {
			      "keyless": {
			        "fulcio": "https://fulcio.sigstore.dev",
			        "identities": {
			          "images": {
			            "issuer": "https://token.actions.githubusercontent.com",
			            "ref": "refs/heads/main",
			            "repository": "owner/app",
			            "workflow": ".github/workflows/images.yml",
			          },
			        },
			        "rekor": "https://rekor.sigstore.dev",
			        "trusted_root": "sigstore-trusted-root.json",
			      },
			      "keys": {
			        "ci": "attest-ci.pub",
			      },
			      "max_age": 2592000000,
			    },
			    "backend": {
			      "api_base_url": "/api/v1",
			      "command": "node server.js --port {port}",
			      "health_timeout": 15,
			      "logs": {
			        "keep": 5,
			        "max_size_mb": 10,
			      },
			      "nginx": {
			        "body_limit": "1m",
			        "host": "127.0.0.1",
			        "port": 8000,
			        "program": "nginx",
			        "read_timeout": 60,
			        "websocket_timeout": 3600,
			        "worker_connections": 1024,
			        "worker_processes": 1,
			      },
			      "servers": {
			        "api": {
			          "env": {},
			          "instances": 2,
			          "modules": [
			            "control",
			          ],
			          "pass_env": [],
			          "port": 8001,
			          "reload": false,
			        },
			      },
			      "websocket": {
			        "query_param_name": "type",
			        "routing_strategy": "path",
			      },
			      "websocket_routes": {},
			    },
			    "build": {
			      "flavour": "cpu",
			    },
			    "channels": [
			      "canary",
			      "stable",
			    ],
			    "control": {
			      "disable_tasks": [
			        "CRES-Temporal-8233",
			        "CRES-MinIO-9000",
			        "CRES-FastAPI-8000",
			      ],
			      "services": {
			        "api": {
			          "after": [
			            "temporal",
			            "store",
			          ],
			          "env": {},
			          "external": true,
			          "ready": {
			            "http": "http://127.0.0.1:8000/health",
			          },
			          "runtime_env": false,
			          "secrets": {},
			        },
			        "store": {
			          "after": [],
			          "docker": {
			            "args": [],
			            "container": "minio",
			            "publish": [],
			            "volumes": [],
			          },
			          "env": {},
			          "ready": {
			            "store": true,
			          },
			          "runtime_env": false,
			          "secrets": {},
			        },
			        "temporal": {
			          "after": [],
			          "command": [
			            "temporal",
			            "server",
			            "start-dev",
			            "--headless",
			          ],
			          "env": {},
			          "ready": {
			            "temporal": true,
			          },
			          "runtime_env": false,
			          "secrets": {},
			          "wait": 45000,
			        },
			      },
			    },
			    "env": {
			      "WORKER_CPU_THREADS": "4",
			    },
			    "github": {
			      "api": "https://api.github.com",
			      "repository": "owner/app",
			      "workflow": "images.yml",
			    },
			    "image": {
			      "context": ".",
			      "repository": "owner/app",
			      "source": "https://github.com/owner/app",
			    },
			    "instances": {
			      "cpu-1": {
			        "docker_socket": "/var/run/docker.sock",
			        "driver": "docker",
			        "env": {
			          "WORKER_CPU_THREADS": "8",
			        },
			        "flavour": "cpu",
			        "host": "203.0.113.7",
			        "key": "~/.ssh/id_ed25519",
			        "memory_mb": 4096,
			        "port": 22,
			        "roles": [
			          "cpu",
			        ],
			        "user": "root",
			      },
			      "gpu-1": {
			        "disk_gb": 40,
			        "driver": "vast",
			        "env": {
			          "WORKER_CPU_THREADS": "8",
			        },
			        "flavour": "cuda",
			        "gpu_name": "RTX 4090",
			        "id": 36717044,
			        "key": "~/.ssh/id_ed25519",
			        "max_dph": 0.5,
			        "roles": [
			          "gpu",
			        ],
			        "user": "root",
			      },
			    },
			    "models": {
			      "manifest": "0000000000000000000000000000000000000000000000000000000000000000",
			    },
			    "project": "video",
			    "queue": "video-processing",
			    "registry": {
			      "pull": {
			        "address": "203.0.113.10:5000",
			        "ca": "/etc/ssl/registry-ca.pem",
			        "tls": true,
			      },
			      "push": {
			        "address": "ghcr.io",
			        "ca": "/etc/ssl/registry-ca.pem",
			        "tls": true,
			      },
			    },
			    "rollout": {
			      "deploy_timeout": 60000,
			      "drain_timeout": 30000,
			      "retain": 3,
			      "watch": 2000,
			    },
			    "secrets": [
			      "MINIO_ACCESS_KEY",
			      "MINIO_SECRET_KEY",
			    ],
			    "smoke": {
			      "dependencies": {
			        "store": "ghcr.io/owner/minio@sha256:0000000000000000000000000000000000000000000000000000000000000000",
			        "store_command": [
			          "server",
			          "/data",
			        ],
			        "store_port": 9000,
			        "temporal": "ghcr.io/owner/temporal@sha256:0000000000000000000000000000000000000000000000000000000000000000",
			        "temporal_command": [
			          "server",
			          "start-dev",
			          "--headless",
			          "--ip",
			          "0.0.0.0",
			        ],
			      },
			    },
			    "store": {
			      "bucket": "cres",
			      "ca": "certs/store-ca.pem",
			      "endpoint": "127.0.0.1:9000",
			      "instance_endpoint": "203.0.113.10:9000",
			      "path_style": true,
			      "region": "eu-central-1",
			      "secure": true,
			    },
			    "temporal": {
			      "address": "127.0.0.1:7233",
			      "instance_address": "203.0.113.10:7233",
			      "namespace": "default",
			      "tls": {
			        "ca": "certs/temporal-ca.pem",
			        "cert": "certs/cres.pem",
			        "instance_server_name": "temporal.example.com",
			        "key": "certs/cres-key.pem",
			        "server_name": "temporal.example.com",
			      },
			    },
			    "triage": {
			      "silence": [],
			    },
			  },
			}
		`);
	});

	it("explains each setting before it", () => {
		expect(starter.slice(starter.indexOf("\nregistry:"), starter.indexOf("\ntemporal:"))).toMatchInlineSnapshot(`
			"
			registry:
			  # the registry as the operator reaches it
			  push:
			    # host or host:port, without a scheme
			    address: ghcr.io
			    # false: plain HTTP (default: true)
			    #tls: true
			    # PEM file of the CA that signed the registry's certificate
			    #ca: /etc/ssl/registry-ca.pem
			  # the same registry as instances reach it; default: as push
			  #pull:
			  #  # host or host:port, without a scheme
			  #  address: 203.0.113.10:5000
			  #  # false: plain HTTP (default: true)
			  #  tls: true
			  #  # PEM file of the CA that signed the registry's certificate
			  #  #ca: /etc/ssl/registry-ca.pem
			"
		`);
	});
});
