// Only with the local Twilio, and only on a page without TLS: the Voice SDK always signals to wss://, the simulator listens to ws:// there.
{
  const { host } = document.currentScript.dataset;
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(String(url).replace(`wss://${host}/`, `ws://${host}/`), protocols);
    }
  };
}
