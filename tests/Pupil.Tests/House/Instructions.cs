using System.Reflection;
using System.Reflection.Emit;

namespace Pupil.Tests.House;

/// <summary>The instructions of a compiled method.</summary>
internal static class Instructions
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The instructions in their order, and the method of each that names one.</summary>
    public static IEnumerable<(OpCode Operation, MethodBase? Called)> Of(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at < code.Length;)
        {
            var operation = Codes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += operation.Size;
            yield return (operation,
                operation.OperandType == OperandType.InlineMethod ? Called(method, BitConverter.ToInt32(code, at)) : null);
            at += SizeOf(operation, code, at);
        }
    }

    private static MethodBase? Called(MethodBase method, int token) => method.Module.ResolveMethod(token,
        method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);

    private static int SizeOf(OpCode operation, byte[] code, int at) => operation.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };
}
