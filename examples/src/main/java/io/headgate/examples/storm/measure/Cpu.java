package io.headgate.examples.storm.measure;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How busy this process kept the host, to show that the provider was overloaded and not the
 * machine.
 *
 * @param meanPercent of all cores, over the arm
 * @param peakPercent of all cores, in the busiest second
 * @param cores that the JVM may use
 */
public record Cpu(double meanPercent, double peakPercent, int cores) {
  /** Reads the CPU time of the process, second by second. Used by one thread. */
  public static final class Meter {
    private final OperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final int cores = Runtime.getRuntime().availableProcessors();
    private final long firstWall = System.nanoTime();
    private final long firstCpu = system.getProcessCpuTime();
    private long lastWall = firstWall;
    private long lastCpu = firstCpu;
    private double peak;

    /** To be called once a second: the percentage since the call before. */
    public double tick() {
      long wall = System.nanoTime();
      long cpu = system.getProcessCpuTime();
      double percent = percent(cpu - lastCpu, wall - lastWall);
      peak = Math.max(peak, percent);
      lastWall = wall;
      lastCpu = cpu;
      return percent;
    }

    public Cpu total() {
      double mean = percent(system.getProcessCpuTime() - firstCpu, System.nanoTime() - firstWall);
      return new Cpu(mean, Math.max(mean, peak), cores);
    }

    private double percent(long cpu, long wall) {
      return wall <= 0 ? 0 : 100.0 * cpu / wall / cores;
    }
  }
}
