using System.Text.Json;

namespace Silo.LoadTest.Sinks.Ses;

/// <summary>What is read of a SendEmail with raw content (SES API reference v2).</summary>
/// <param name="Tags">As the record of an event has them: a name and a list with one value.</param>
internal sealed record SesCall(string Recipient, string? TenantName, byte[] Content, IReadOnlyDictionary<string, string[]> Tags)
{
    /// <summary>Null for anything that SES would answer with BadRequestException, and what it would say.</summary>
    public static SesCall? Read(ReadOnlyMemory<byte> body, out string fault)
    {
        fault = "The request could not be parsed.";
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            var root = json.RootElement;
            if (!root.TryGetProperty("Destination", out var destination) || !destination.TryGetProperty("ToAddresses", out var to)
                || to.GetArrayLength() != 1 || to[0].GetString() is not { Length: > 0 } recipient)
            {
                fault = "Destination must have one address in ToAddresses.";
                return null;
            }

            if (!root.TryGetProperty("Content", out var content) || !content.TryGetProperty("Raw", out var raw)
                || !raw.TryGetProperty("Data", out var data) || !data.TryGetBytesFromBase64(out var bytes))
            {
                fault = "Content must have Raw.";
                return null;
            }

            var tags = new Dictionary<string, string[]>();
            if (root.TryGetProperty("EmailTags", out var given))
            {
                foreach (var tag in given.EnumerateArray())
                    tags[tag.GetProperty("Name").GetString()!] = [tag.GetProperty("Value").GetString()!];
            }

            var tenant = root.TryGetProperty("TenantName", out var name) ? name.GetString() : null;
            return new SesCall(recipient, tenant, bytes, tags);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentNullException)
        {
            return null;
        }
    }
}
