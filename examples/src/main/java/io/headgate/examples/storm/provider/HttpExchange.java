package io.headgate.examples.storm.provider;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/**
 * Writes the answer to one request. Used by one thread.
 *
 * <p>What ends an answer is only buffered: whoever answers flushes it once its books are done, so
 * that a client never has an answer to a request that still counts as in flight.
 */
final class HttpExchange {
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] LINE_END = "\r\n".getBytes(US_ASCII);

  private final HttpRequest request;
  private final OutputStream out;

  HttpExchange(HttpRequest request, OutputStream out) {
    this.request = request;
    this.out = out;
  }

  HttpRequest request() {
    return request;
  }

  void json(int status, byte[] body, Map<String, String> headers) throws IOException {
    beginJson(status, body.length, headers);
    out.write(body);
  }

  void flush() throws IOException {
    out.flush();
  }

  /** Headers that promise {@code length} bytes, which the caller sends with {@link #raw}. */
  void beginJson(int status, int length, Map<String, String> headers) throws IOException {
    head(status, "application/json", headers, "Content-Length: " + length);
  }

  void raw(byte[] bytes, int from, int length) throws IOException {
    out.write(bytes, from, length);
  }

  void beginEvents() throws IOException {
    head(200, "text/event-stream", Map.of(), "Transfer-Encoding: chunked");
  }

  /** One server-sent event, as one chunk. */
  void event(byte[] data) throws IOException {
    out.write(Integer.toHexString("data: \n\n".length() + data.length).getBytes(US_ASCII));
    out.write(LINE_END);
    out.write("data: ".getBytes(US_ASCII));
    out.write(data);
    out.write("\n\n".getBytes(US_ASCII));
    out.write(LINE_END);
  }

  void endEvents() throws IOException {
    out.write(LAST_CHUNK);
  }

  private void head(int status, String type, Map<String, String> headers, String framing)
      throws IOException {
    var head = new StringBuilder(160);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    head.append("Content-Type: ").append(type).append("\r\n").append(framing).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    out.write(head.append("\r\n").toString().getBytes(US_ASCII));
  }

  private static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 400 -> "Bad Request";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 413 -> "Content Too Large";
      case 429 -> "Too Many Requests";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      default -> "Status";
    };
  }
}
