package io.headgate.examples.storm.provider;

/** A request as it came off the wire. */
record HttpRequest(String method, String path, String body) {}
