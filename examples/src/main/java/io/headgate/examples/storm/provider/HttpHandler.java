package io.headgate.examples.storm.provider;

import java.io.IOException;

/** Answers one request on a thread of its own, which is interrupted when the client hangs up. */
@FunctionalInterface
interface HttpHandler {
  void handle(HttpExchange exchange) throws IOException;
}
