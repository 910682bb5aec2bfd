    // Added by settings_ui/front_end: ask for the page's state while React hydrates. What comes is held until the page
    // has mounted and listens.
    const socket = warmSocket;
    const deliver = socket.onpacket.bind(socket);
    let held = [];
    socket.onpacket = (packet) => (held ? held.push(packet) : deliver(packet));
    socket.io.decoder.tryParse = (text) => {
      try {
        return parseJson(text);
      } catch {
        return false;
      }
    };
    socket.auth = { event: withRouterData(app.initialEvents(true)[0], { current: {} }), state_schema: app.stateSchema };
    socket.mounted = () => {
      const packets = held;
      held = null;
      socket.io._readyState === "closed" ? socket.connect() : packets.forEach(deliver);
    };
    socket.connect();
    // The end of what was added
