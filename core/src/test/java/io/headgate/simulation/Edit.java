package io.headgate.simulation;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;

/**
 * A change to the byte code of some methods of one class.
 *
 * @param type the class's name
 * @param methods that are changed
 * @param step what is done to each instruction
 */
record Edit(String type, Set<String> methods, Step step) {
  private static final ClassDesc HELPERS = ClassDesc.of(Planted.class.getName());

  /** Writes something else for an instruction, or answers false and leaves it as it is. */
  interface Step {
    boolean replaces(CodeBuilder code, CodeElement element);
  }

  /** Writes something else for a call. */
  interface Replacement {
    void write(CodeBuilder code, InvokeInstruction call);
  }

  /** In these methods of the type, every call of the callee is written otherwise. */
  static Edit calls(String type, Set<String> methods, String callee, Replacement replacement) {
    return new Edit(
        type,
        methods,
        (code, element) -> {
          if (element instanceof InvokeInstruction call && isTo(call, callee)) {
            replacement.write(code, call);
            return true;
          }
          return false;
        });
  }

  // Named by class and method: "TokenBucket.settle".
  private static boolean isTo(InvokeInstruction call, String callee) {
    String owner = call.owner().asInternalName();
    return callee.equals(
        owner.substring(owner.lastIndexOf('/') + 1) + "." + call.name().stringValue());
  }

  /** After every read of the field, its value goes through a helper that answers another. */
  static Edit reads(String type, Set<String> methods, String field, String helper) {
    return new Edit(
        type,
        methods,
        (code, element) -> {
          if (element instanceof FieldInstruction read
              && read.opcode() == Opcode.GETFIELD
              && read.name().equalsString(field)) {
            code.with(element);
            invoke(code, helper, "([Ljava/lang/Object;)[Ljava/lang/Object;");
            code.checkcast(read.typeSymbol());
            return true;
          }
          return false;
        });
  }

  /** Calls a helper of {@link Planted}. */
  static void invoke(CodeBuilder code, String helper, String descriptor) {
    code.invokestatic(HELPERS, helper, MethodTypeDesc.ofDescriptor(descriptor));
  }

  /** The call is left out; it must answer nothing. */
  static void drop(CodeBuilder code, InvokeInstruction call) {
    popArguments(code, call);
  }

  /** The call is left out, and answers this. */
  static Replacement answer(boolean value) {
    return (code, call) -> {
      popArguments(code, call);
      code.loadConstant(value ? 1 : 0);
    };
  }

  /** The call is left out, and answers this. */
  static Replacement answer(int value) {
    return (code, call) -> {
      popArguments(code, call);
      code.loadConstant(value);
    };
  }

  /** The call is left out, and answers this. */
  static Replacement answer(long value) {
    return (code, call) -> {
      popArguments(code, call);
      code.loadConstant(value);
    };
  }

  private static void popArguments(CodeBuilder code, InvokeInstruction call) {
    MethodTypeDesc type = call.typeSymbol();
    for (int i = type.parameterCount() - 1; i >= 0; i--) {
      if (TypeKind.from(type.parameterType(i)).slotSize() == 2) {
        code.pop2();
      } else {
        code.pop();
      }
    }
    if (call.opcode() != Opcode.INVOKESTATIC) {
      code.pop();
    }
  }

  /** The call is made twice with the same arguments; it must answer nothing. */
  static void twice(CodeBuilder code, InvokeInstruction call) {
    MethodTypeDesc type = call.typeSymbol();
    int count = type.parameterCount();
    TypeKind[] kinds = new TypeKind[count + 1];
    int[] locals = new int[count + 1];
    kinds[0] = TypeKind.REFERENCE;
    for (int i = 0; i < count; i++) {
      kinds[i + 1] = TypeKind.from(type.parameterType(i));
    }
    for (int i = count; i >= 0; i--) {
      locals[i] = code.allocateLocal(kinds[i]);
      code.storeLocal(kinds[i], locals[i]);
    }
    for (int time = 0; time < 2; time++) {
      for (int i = 0; i <= count; i++) {
        code.loadLocal(kinds[i], locals[i]);
      }
      code.with(call);
    }
  }
}
