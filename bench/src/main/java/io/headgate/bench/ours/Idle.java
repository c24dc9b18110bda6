package io.headgate.bench.ours;

import io.headgate.Headgate;
import io.headgate.LoopPolicy;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The CPU of a Headgate that has nothing to do, after it has had something to do. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Idle {
  private static final long SECONDS = 4;

  /** Made by JMH. */
  public Idle() {}

  /** What it used. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Cpu {
    /** CPU time of Headgate's platform threads over the time that passed. */
    public double coreShare;

    /** Made by JMH. */
    public Cpu() {}
  }

  @Benchmark
  public void idle(Cpu cpu) throws Exception {
    try (Headgate headgate = Headgate.builder().build()) {
      var agent = headgate.agent("agent");
      var target = headgate.target("target", t -> t.tool().loopGuard(LoopPolicy.OFF));
      try (var job = headgate.job(j -> j)) {
        for (int i = 0; i < 1_000; i++) {
          var _ =
              job.submitOrThrow(io.headgate.Task.<String>of(agent, target, attempt -> "")).join();
        }
      }
      sleep(1);
      long cpuBefore = cpuNs();
      long start = System.nanoTime();
      sleep(SECONDS);
      cpu.coreShare = (double) (cpuNs() - cpuBefore) / (System.nanoTime() - start);
    }
  }

  private static void sleep(long seconds) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private static long cpuNs() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (var thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith("headgate-")) {
        sum += Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
      }
    }
    return sum;
  }
}
