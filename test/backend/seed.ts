/** The deployment of the seed's guide, as it is written there. */
export const SEED = `# API base URL for all modules
api_base_url: "/api/v1"

# Nginx gateway
nginx:
  port: 8000
  worker_processes: 1
  worker_connections: 1024

# Server instances
servers:
  broker:
    port: 8001
    instances: 1
    modules:
      - core # Auto-included, explicit for clarity
      - broker
    reload: true # Enable uvicorn auto-reload

  datafeed:
    port: 8002
    instances: 1
    modules:
      - core
      - datafeed
    reload: true

# WebSocket routing
websocket:
  routing_strategy: "path" # "path" or "query_param"
  query_param_name: "type" # For query_param strategy

# Module to server mapping
websocket_routes:
  broker: broker
  datafeed: datafeed
`;
