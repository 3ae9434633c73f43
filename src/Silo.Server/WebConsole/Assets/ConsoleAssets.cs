using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Silo.Server.WebConsole.Assets;

/// <summary>The style sheet of the console, from the assembly; its address changes with its content.</summary>
internal static class ConsoleAssets
{
    private static readonly FrozenDictionary<string, (byte[] Content, string Type)> Files = new Dictionary<string, (byte[], string)>
    {
        ["console.css"] = (Load("console.css"), "text/css; charset=utf-8"),
    }.ToFrozenDictionary();

    public static string Style { get; } = AddressOf("console.css");

    public static IResult Serve(HttpContext context, string name)
    {
        if (!Files.TryGetValue(name, out var file)) return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(file.Content, file.Type);
    }

    private static string AddressOf(string name) =>
        $"{WebConsoleRegistration.AssetPath}/{name}?v={Convert.ToHexStringLower(SHA256.HashData(Files[name].Content).AsSpan(0, 6))}";

    private static byte[] Load(string name)
    {
        using var stream = typeof(ConsoleAssets).Assembly.GetManifestResourceStream($"Silo.Server.WebConsole.Assets.{name}")
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
