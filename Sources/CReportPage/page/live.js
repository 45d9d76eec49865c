// News of running runs, as the program on this machine sends them.

function listen(page) {
  const source = new EventSource("events");
  source.addEventListener("open", () => connection.say("live", "running"));
  source.addEventListener("error", () => connection.say("not connected", "bad"));
  // Whoever connects, again as well, is told everything first.
  source.addEventListener("runs", (event) => {
    page.runs = [];
    page.receive(JSON.parse(event.data));
  });
  source.addEventListener("trouble", (event) => connection.say(JSON.parse(event.data), "bad"));
  source.addEventListener("news", (event) => page.receive(JSON.parse(event.data)));
}
