using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Silo.Server.Access;
using Silo.Server.SesApi.Signing;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.SesApi.Signing;

/// <summary>Requests signed by botocore, as they arrive at a server.</summary>
public sealed class BotocoreCorpus
{
    public const int Seed = 20_261_121;
    public const int Count = 400;
    private const string KeyId = "AKIDBOTOCORE00000001";
    private const string Secret = "botocore/secret+key";
    private const string Region = "eu-central-1";
    private readonly Lazy<IReadOnlyList<SignedRequest>> _requests = new(Make);

    internal IReadOnlyList<SignedRequest> Requests => _requests.Value;

    internal static SignatureVerifier VerifierAt(DateTimeOffset now) => new(
        new AccessKeys(RootKey.Load(KeyId, Secret, ".", RandomNumberGenerator.Create()), null, new HostileTimeProvider(now)), Region, TimeSpan.FromMinutes(5), new HostileTimeProvider(now));

    internal static string? WhyMissing()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", "import botocore"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "Python's botocore is not installed";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "python3 is not installed";
        }
    }

    private static IReadOnlyList<SignedRequest> Make()
    {
        var script = Path.Combine(Path.GetDirectoryName(ThisFile())!, "sign_with_botocore.py");
        string[] arguments = [script, Seed.ToString(CultureInfo.InvariantCulture), Count.ToString(CultureInfo.InvariantCulture), KeyId, Secret, Region];
        using var process = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Count, lines.Length);
        return [.. lines.Select(l => SignedRequest.Of(JsonDocument.Parse(l).RootElement))];
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

internal sealed record SignedRequest(string Method, string Target, IHeaderDictionary Headers, byte[] Body)
{
    public DateTimeOffset SignedAt => DateTimeOffset.ParseExact(
        Headers["X-Amz-Date"].ToString(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static SignedRequest Of(JsonElement element)
    {
        var headers = new HeaderDictionary();
        foreach (var header in element.GetProperty("headers").EnumerateObject()) headers[header.Name] = header.Value.GetString();
        return new SignedRequest(
            element.GetProperty("method").GetString()!, element.GetProperty("target").GetString()!, headers,
            element.GetProperty("body").GetBytesFromBase64());
    }

    public SignatureCheck CheckAt(DateTimeOffset now) => CheckBy(BotocoreCorpus.VerifierAt(now));

    public SignatureCheck CheckBy(SignatureVerifier verifier) => CheckBy(verifier, SHA256.HashData(Body));

    public SignatureCheck CheckBy(SignatureVerifier verifier, ReadOnlySpan<byte> bodyHash)
    {
        var key = verifier.FindKey(Headers, default);
        Assert.True(key.IsCompletedSuccessfully);
        return verifier.Check(Method, RequestTarget.Of(Target), Headers, key.Result, bodyHash);
    }

    public SignedRequest With(string header, string value)
    {
        var headers = new HeaderDictionary();
        foreach (var each in Headers) headers[each.Key] = each.Value;
        headers[header] = value;
        return this with { Headers = headers };
    }
}

/// <summary>Runs only where Python has botocore; where CI=true it must.</summary>
public sealed class BotocoreFactAttribute : FactAttribute
{
    public BotocoreFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true") Skip = BotocoreCorpus.WhyMissing();
    }
}
