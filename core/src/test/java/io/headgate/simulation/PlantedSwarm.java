package io.headgate.simulation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The swarm with a bug planted, or without one: the same classes, loaded apart from the tests'. */
final class PlantedSwarm {
  private static final String PROBE = "io.headgate.probe";

  /**
   * What was found.
   *
   * @param seeds that were flown
   * @param violation of the last of them, or null if there is none in any
   */
  record Find(long seeds, @Nullable String violation) {}

  private final Method fly;
  private final Method violation;

  PlantedSwarm(List<Edit> edits) throws ReflectiveOperationException {
    var loader = new PlantLoader(edits);
    load(loader, "io.headgate.admission.Probe");
    fly = load(loader, "io.headgate.simulation.Swarm").getDeclaredMethod("fly", long.class);
    violation = load(loader, "io.headgate.simulation.Swarm$Verdict").getDeclaredMethod("violation");
    fly.setAccessible(true);
    violation.setAccessible(true);
  }

  // The probe is a constant of its class, read as that is initialized.
  private static Class<?> load(ClassLoader loader, String name) throws ClassNotFoundException {
    String before = System.getProperty(PROBE);
    System.setProperty(PROBE, "true");
    try {
      return Class.forName(name, true, loader);
    } finally {
      if (before == null) {
        System.clearProperty(PROBE);
      } else {
        System.setProperty(PROBE, before);
      }
    }
  }

  /** Flies seeds 1 to so many, or to the first that is violated. */
  Find hunt(long seeds) {
    var find = new CompletableFuture<Find>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                find.complete(huntHere(seeds));
              } catch (Throwable t) { // for who waits
                find.completeExceptionally(t);
              }
            });
    return find.join();
  }

  private Find huntHere(long seeds) throws ReflectiveOperationException {
    for (long seed = 1; seed <= seeds; seed++) {
      String found = violationOf(seed);
      if (found != null) {
        return new Find(seed, found);
      }
    }
    return new Find(seeds, null);
  }

  private @Nullable String violationOf(long seed) throws ReflectiveOperationException {
    try {
      return (String) violation.invoke(fly.invoke(null, seed));
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("seed " + seed + " could not be flown", e.getCause());
    }
  }
}
