using System.Collections;
using System.Reflection;
using Silo.Core.QueueControl;
using Silo.Server.Intake;

namespace Silo.Orleans.Tests.Wire;

/// <summary>Values of any record made by chance, and their comparison member by member.</summary>
internal sealed class Samples(int seed)
{
    private static readonly NullabilityInfoContext Nullability = new();
    private readonly Random _random = new(seed);

    public object Make(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Make(underlying);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length))!;
        if (type == typeof(string)) return Text();
        if (type == typeof(bool)) return _random.Next(2) == 0;
        if (type == typeof(int)) return _random.Next(int.MinValue, int.MaxValue);
        if (type == typeof(long)) return _random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(UInt128)) return new UInt128((ulong)_random.NextInt64(), (ulong)_random.NextInt64());
        if (type == typeof(DateOnly)) return DateOnly.FromDayNumber(_random.Next(DateOnly.MaxValue.DayNumber));
        if (type == typeof(double)) return _random.NextDouble();
        if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddTicks(_random.NextInt64(0, 1L << 60));
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(_random.NextInt64(0, 1L << 60));
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>(Bytes());
        if (type == typeof(SendContent)) return Make(new[] { typeof(SimpleContent), typeof(RawContent), typeof(TemplateContent) }[_random.Next(3)]);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? List(type.GetGenericArguments()[0]) : Record(type);
    }

    /// <summary>The first member that differs, or null.</summary>
    public static string? Difference(object? expected, object? actual, string path)
    {
        if (expected is null || actual is null)
            return ReferenceEquals(expected, actual) ? null : $"{path}: {expected ?? "null"} and {actual ?? "null"}";
        if (expected is ReadOnlyMemory<byte> bytes) return bytes.Span.SequenceEqual(((ReadOnlyMemory<byte>)actual).Span) ? null : path;
        if (expected is IEnumerable items and not string)
        {
            var (left, right) = (items.Cast<object?>().ToArray(), ((IEnumerable)actual).Cast<object?>().ToArray());
            return left.Length != right.Length
                ? $"{path}: {left.Length} and {right.Length} items"
                : left.Zip(right).Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]")).FirstOrDefault(d => d is not null);
        }

        if (expected.GetType() != actual.GetType()) return $"{path}: {expected.GetType()} and {actual.GetType()}";
        return expected.GetType().Namespace!.StartsWith("Silo", StringComparison.Ordinal) && !expected.GetType().IsEnum
            ? expected.GetType().GetProperties().Where(p => p.GetMethod!.IsPublic && !p.GetMethod.IsStatic)
                .Select(p => Difference(p.GetValue(expected), p.GetValue(actual), $"{path}.{p.Name}")).FirstOrDefault(d => d is not null)
            : expected.Equals(actual) ? null : $"{path}: {expected} and {actual}";
    }

    private object Record(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
        var parameters = constructor.GetParameters();
        var made = parameters.Length == 0
            ? Activator.CreateInstance(type)!
            : constructor.Invoke([.. parameters.Select(p => MayBeNull(p.ParameterType, Nullability.Create(p)) ? null : Make(p.ParameterType))]);
        var given = parameters.Select(p => p.Name).ToHashSet();
        // The stored form of another member is not one of its own.
        given.Add(nameof(QueueFilter.StoredTagName));
        foreach (var property in type.GetProperties().Where(p => p.CanWrite && !p.GetMethod!.IsStatic && !given.Contains(p.Name)))
            property.SetValue(made, MayBeNull(property.PropertyType, Nullability.Create(property)) ? null : Make(property.PropertyType));
        return made;
    }

    private bool MayBeNull(Type type, NullabilityInfo info) =>
        (info.WriteState == NullabilityState.Nullable || Nullable.GetUnderlyingType(type) is not null) && _random.Next(3) == 0;

    // Not arrays only: what the code hands over may be a list that the compiler made.
    private object List(Type item)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        for (var i = _random.Next(4); i > 0; i--) list.Add(Make(item));
        if (_random.Next(2) == 0) return list;
        var array = Array.CreateInstance(item, list.Count);
        list.CopyTo(array, 0);
        return array;
    }

    private string Text()
    {
        var text = new char[_random.Next(12)];
        for (var i = 0; i < text.Length; i++) text[i] = "aZ09 -_@.é\u4e2d\0"[_random.Next(12)];
        return new string(text);
    }

    private byte[] Bytes()
    {
        var bytes = new byte[_random.Next(5) == 0 ? 100_000 : _random.Next(20)];
        _random.NextBytes(bytes);
        return bytes;
    }
}
