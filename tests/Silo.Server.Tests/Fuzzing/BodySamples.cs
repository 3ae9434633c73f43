using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Silo.Server.SesApi;

namespace Silo.Server.Tests.Fuzzing;

/// <summary>
/// Bodies of requests by the shapes that the code declares: each member with values that are now right and now wrong. A new operation whose
/// request is named after it has its own without being added here.
/// </summary>
internal sealed class BodySamples
{
    private const int MaxDepth = 6;

    private static readonly string[] Texts =
    [
        "acme", "example.com", "a@example.com", "arn:aws:ses:us-east-1:000000000000:identity/example.com", "ENABLED", "DISABLED", "BOUNCE", "TENANT",
        "REQUIRE", "", " ", "*", "AAAA", "2026-11-22T00:00:00Z", "https://example.com/x", "{{a}}", "{\"a\":1}", "\u0000", "\ud83d\ude00", "../..",
        new string('x', 3_000), "arn:aws:ses:us-east-1:aws:reputation-policy/strict", "From: a@example.com\r\n\r\nx", "10.0.0.1",
    ];

    private readonly Dictionary<string, JsonTypeInfo> _shapes = new(StringComparer.Ordinal);

    public BodySamples()
    {
        foreach (var contextType in typeof(SesJson).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(JsonSerializerContext))))
        {
            if (contextType.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) is not JsonSerializerContext context) continue;
            foreach (var attribute in contextType.GetCustomAttributesData().Where(a => a.AttributeType == typeof(JsonSerializableAttribute)))
            {
                var type = (Type)attribute.ConstructorArguments[0].Value!;
                if (type.Name.EndsWith("Request", StringComparison.Ordinal)) _shapes.TryAdd(type.Name, context.GetTypeInfo(type)!);
            }
        }
    }

    public int Count => _shapes.Count;

    public byte[] Make(string operation, Random random)
    {
        if (!_shapes.TryGetValue(operation + "Request", out var shape)) shape = _shapes.Values.ElementAt(random.Next(_shapes.Count));
        return JsonSerializer.SerializeToUtf8Bytes(ValueOf(shape, shape.Type, random, 0));
    }

    private static JsonNode? ValueOf(JsonTypeInfo context, Type type, Random random, int depth)
    {
        if (random.Next(40) == 0) return random.Next(4) switch { 0 => null, 1 => new JsonArray(), 2 => new JsonObject(), _ => JsonValue.Create(-1) };
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || depth > MaxDepth) return Texts[random.Next(Texts.Length)];
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type.IsPrimitive || type == typeof(decimal)) return random.Next(3) switch { 0 => random.Next(), 1 => 0, _ => 300 };
        if (type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>)) return Convert.ToBase64String(Guid(random));
        if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
        {
            var arguments = type.GetGenericArguments();
            if (arguments.Length == 1) return new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => ValueOf(context, arguments[0], random, depth + 1))]);
            return new JsonObject(Enumerable.Range(0, random.Next(3)).Select(i => KeyValuePair.Create(
                Texts[i] + i, ValueOf(context, arguments[1], random, depth + 1))));
        }

        if (!type.IsClass || context.Options.GetTypeInfo(type) is not { Kind: JsonTypeInfoKind.Object } shape) return Texts[random.Next(Texts.Length)];
        return new JsonObject(shape.Properties.Where(_ => random.Next(5) != 0).Select(p => KeyValuePair.Create(
            p.Name, ValueOf(context, p.PropertyType, random, depth + 1))));
    }

    private static byte[] Guid(Random random)
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }
}
