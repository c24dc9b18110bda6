package io.headgate.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.util.List;

/**
 * Defines Headgate's classes anew, with edits; all others are its parent's. With the product's
 * assertions off: a planted bug is to be found by the referee, as it would have to be found in a
 * live system.
 */
final class PlantLoader extends ClassLoader {
  private static final String PREFIX = "io.headgate.";

  private final List<Edit> edits;

  PlantLoader(List<Edit> edits) {
    super("plant", PlantLoader.class.getClassLoader());
    this.edits = edits;
    setDefaultAssertionStatus(false);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(PREFIX)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = planted(name, bytesOf(name));
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] bytesOf(String name) throws ClassNotFoundException {
    try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] planted(String name, byte[] original) {
    byte[] bytes = original;
    for (Edit edit : edits) {
      if (edit.type().equals(name)) {
        bytes = planted(edit, bytes);
      }
    }
    return bytes;
  }

  private byte[] planted(Edit edit, byte[] original) {
    var resolver = ClassHierarchyResolver.ofResourceParsing(this).orElse(ofPlatform());
    ClassFile format = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver));
    ClassModel model = format.parse(original);
    for (String method : edit.methods()) {
      int[] replaced = new int[1];
      byte[] changed =
          format.transformClass(
              model,
              ClassTransform.transformingMethodBodies(
                  each -> isNamed(each, method),
                  (code, element) -> {
                    if (edit.step().replaces(code, element)) {
                      replaced[0]++;
                    } else {
                      code.with(element);
                    }
                  }));
      if (replaced[0] == 0) {
        throw new IllegalStateException(
            "nothing in " + edit.type() + "." + method + " fits the plant any more; plant it anew");
      }
      model = format.parse(changed);
    }
    return format.transformClass(model, ClassTransform.ACCEPT_ALL);
  }

  private static ClassHierarchyResolver ofPlatform() {
    return ClassHierarchyResolver.ofResourceParsing(ClassLoader.getPlatformClassLoader());
  }

  private static boolean isNamed(MethodModel method, String name) {
    return method.methodName().equalsString(name);
  }
}
