package io.headgate.examples.storm.report;

/** What every piece of the page needs. */
final class Html {
  private Html() {}

  /** Text that came from outside (a file's name) must stay text. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
