package io.headgate.bench.peers;

import java.util.concurrent.Callable;

/** A task that does nothing. */
enum Nothing implements Runnable, Callable<Nothing> {
  NOTHING;

  @Override
  public void run() {}

  @Override
  public Nothing call() {
    return this;
  }
}
