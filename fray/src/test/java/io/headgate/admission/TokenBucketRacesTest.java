package io.headgate.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headgate.Racers;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** While the clock stands, no token appears and none is lost, whatever the rate becomes. */
class TokenBucketRacesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long NOW = 1_000 * SECOND;

  @Test
  void changeOfRateAgainstTakeAndSettlement() {
    Racers.explore(
        () -> {
          var bucket = new TokenBucket(60, 10);
          var missing = new AtomicLong(5);
          assertEquals(true, bucket.tryTake(5, NOW));
          Racers.race(
              () -> {
                if (bucket.tryTake(4, NOW)) {
                  missing.addAndGet(4);
                }
              },
              () -> {
                bucket.settle(5, 2, NOW);
                missing.addAndGet(-3);
              },
              () -> bucket.reconfigure(120, 10, () -> NOW));
          // Two tokens a second now.
          assertEquals(missing.get(), bucket.waitNs(10, NOW) * 2 / SECOND, "tokens missing");
        });
  }

  @Test
  void twoTakesAndADebt() {
    Racers.explore(
        () -> {
          var bucket = new TokenBucket(60, 10);
          var missing = new AtomicLong(4);
          Runnable taker =
              () -> {
                if (bucket.tryTake(4, NOW)) {
                  missing.addAndGet(4);
                }
              };
          Racers.race(taker, taker, () -> bucket.settle(0, 4, NOW));
          assertEquals(missing.get(), bucket.waitNs(10, NOW) / SECOND, "tokens missing");
        });
  }
}
