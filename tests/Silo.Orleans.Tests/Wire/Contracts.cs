using System.Reflection;
using System.Text;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;
using Silo.Orleans.Tenants;
using Silo.Orleans.Wire;

namespace Silo.Orleans.Tests.Wire;

/// <summary>Everything about calls that silos and clients of two releases must agree on, as text.</summary>
internal static class Contracts
{
    private static readonly Assembly Cluster = typeof(ITenantGrain).Assembly;

    public static string Describe()
    {
        var text = new StringBuilder();
        foreach (var grain in Cluster.GetTypes()
            .Where(t => t.IsInterface && typeof(IGrain).IsAssignableFrom(t)).OrderBy(t => t.Name, StringComparer.Ordinal))
            DescribeInterface(text, grain);
        foreach (var grain in Cluster.GetTypes()
            .Where(t => t.GetCustomAttribute<GrainTypeAttribute>() is not null).OrderBy(t => t.Name, StringComparer.Ordinal))
            text.Append($"grain {GrainTypeOf(grain)} : {grain.Name}\n");
        text.Append('\n');
        foreach (var record in WireTypes.Records.OrderBy(t => t.Name, StringComparer.Ordinal)) DescribeRecord(text, record);
        foreach (var type in WireTypes.Enums.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var values = Enum.GetValues(type).Cast<object>().Select(v => $"{v} = {Convert.ToInt64(v)}");
            text.Append($"enum {WireTypes.Prefix}{type.Name}: {string.Join(", ", values)}\n");
        }

        return text.ToString();
    }

    private static void DescribeInterface(StringBuilder text, Type grain)
    {
        text.Append($"interface {grain.GetCustomAttribute<AliasAttribute>()?.Alias} : {grain.Name}\n");
        var lines = Cluster.GetTypes()
            .Where(t => typeof(IInvokable).IsAssignableFrom(t) && !t.IsAbstract && t.GetConstructor(Type.EmptyTypes) is not null)
            .Select(t => (Type: t, Call: (IInvokable)Activator.CreateInstance(t)!))
            .Where(c => c.Call.GetInterfaceType().IsAssignableFrom(grain))
            .Select(c => $"  {c.Call.GetInterfaceName()}.{Signature(c.Call.GetMethod())} = {IdOf(c.Type)}")
            .Order(StringComparer.Ordinal);
        foreach (var line in lines) text.Append(line).Append('\n');
        text.Append('\n');
    }

    private static void DescribeRecord(StringBuilder text, Type record)
    {
        var wire = Cluster.GetType($"Silo.Orleans.Wire.{record.Name}Wire")
            ?? throw new InvalidOperationException($"{record.Name} has no surrogate.");
        text.Append($"record {WireTypes.Prefix}{record.Name} as {wire.GetCustomAttribute<AliasAttribute>()!.Alias}\n");
        foreach (var member in wire.GetFields().OrderBy(f => f.GetCustomAttribute<IdAttribute>()!.Id))
            text.Append($"  {member.GetCustomAttribute<IdAttribute>()!.Id} {NameOf(member.FieldType)} {member.Name}\n");
        text.Append('\n');
    }

    private static string GrainTypeOf(Type grain) =>
        grain.GetCustomAttribute<GrainTypeAttribute>()!.GetGrainType(null!, null!).ToString();

    private static string Signature(MethodInfo method) =>
        $"{method.Name}({string.Join(", ", method.GetParameters().Select(p => NameOf(p.ParameterType)))}) -> {NameOf(method.ReturnType)}";

    private static string IdOf(Type invokable) => string.Join(
        " ", invokable.GetCustomAttributes<CompoundTypeAliasAttribute>().SelectMany(a => a.Components).Select(c => c is Type t ? t.Name : c));

    private static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return NameOf(underlying) + "?";
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
            : type.Name;
    }
}
