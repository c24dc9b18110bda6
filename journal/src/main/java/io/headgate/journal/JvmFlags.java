package io.headgate.journal;

import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.core.Jvm;
import org.agrona.DirectBuffer;

/** The flags that Chronicle's files and Agrona's buffers need of the JVM. */
final class JvmFlags {
  /** What {@code bin/headgate} sets, and an embedding host has to. */
  static final List<String> NEEDED =
      List.of(
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");

  private JvmFlags() {}

  /**
   * @throws IllegalStateException that names those which are missing, in one line
   */
  static void check() {
    List<String> missing = new ArrayList<>();
    // They are where they are loaded from: on the class path, or modules.
    look(missing, 0, "java.lang.reflect", Jvm.class);
    look(missing, 1, "sun.nio.ch", Jvm.class);
    look(missing, 2, "jdk.internal.misc", DirectBuffer.class);
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "the journal needs of the JVM what it was not started with; add: "
              + String.join(" ", missing));
    }
  }

  private static void look(List<String> missing, int flag, String opened, Class<?> to) {
    if (!Object.class.getModule().isOpen(opened, to.getModule())) {
      missing.add(NEEDED.get(flag));
    }
  }
}
