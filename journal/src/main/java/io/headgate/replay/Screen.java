package io.headgate.replay;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;

/**
 * What is shown in colours and in bars if a person looks, and plainly if it goes into a pipe. One
 * thread.
 */
final class Screen {
  private static final int WIDTH = 40;
  private static final long EVERY_NS = 100_000_000;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final boolean terminal;
  private final PrintStream err;
  private long shownNs;
  private boolean shown;

  /**
   * @param terminal whether a person looks
   * @param err where bars are shown
   */
  Screen(boolean terminal, PrintStream err) {
    this.terminal = terminal;
    this.err = err;
  }

  /** Whether both input and output are a terminal's, and it is to be used as one. */
  @SuppressWarnings("SystemConsoleNull") // its contract still says that it may
  static boolean isOne() {
    Console console = System.console();
    return console != null
        && console.isTerminal()
        && System.getenv("NO_COLOR") == null
        && !"dumb".equals(System.getenv("TERM"));
  }

  boolean isTerminal() {
    return terminal;
  }

  /** What is well, in green. */
  String good(String text) {
    return coloured(32, text);
  }

  /** What is not, in red. */
  String bad(String text) {
    return coloured(31, text);
  }

  private String coloured(int colour, String text) {
    return terminal ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text;
  }

  /** Shows how far it is, at most every 100 ms; nothing if nobody looks, or all is not known. */
  void progress(long done, long all) {
    if (!terminal || all <= 0) {
      return;
    }
    long nowNs = System.nanoTime();
    if (shown && nowNs - shownNs < EVERY_NS) {
      return;
    }
    shown = true;
    shownNs = nowNs;
    int full = (int) (WIDTH * Math.min(done, all) / all);
    err.print(
        CLEAR_LINE
            + "["
            + "#".repeat(full)
            + " ".repeat(WIDTH - full)
            + String.format(Locale.ROOT, "] %3d %%", 100 * Math.min(done, all) / all));
    err.flush();
  }

  /** The bar is over: it is gone. */
  void done() {
    if (shown) {
      err.print(CLEAR_LINE);
      err.flush();
      shown = false;
    }
  }
}
