package io.headgate;

import java.util.concurrent.CountDownLatch;

/** Waits as code does that does not listen to interrupts. */
final class Deaf {
  private Deaf() {}

  static String until(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return "at last";
      } catch (InterruptedException e) {
        // deaf on purpose
      }
    }
  }
}
