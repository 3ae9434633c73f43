using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Silo.Server.SesApi;

/// <summary>
/// Hashes a JSON text by what it says: the order of members, blanks, the spelling of characters, and members that are null make no
/// difference.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>Text that is no JSON is hashed as it is.</summary>
    public static void Append(IncrementalHash hash, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            Append(hash, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair.
            hash.AppendData("?"u8);
            hash.AppendData(json.Span);
        }
    }

    private static void Append(IncrementalHash hash, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                hash.AppendData("{"u8);
                foreach (var member in element.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null)
                    .OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    AppendText(hash, Encoding.UTF8.GetBytes(member.Name));
                    Append(hash, member.Value);
                }

                hash.AppendData("}"u8);
                break;
            case JsonValueKind.Array:
                hash.AppendData("["u8);
                foreach (var item in element.EnumerateArray()) Append(hash, item);
                hash.AppendData("]"u8);
                break;
            case JsonValueKind.String:
                var raw = JsonMarshal.GetRawUtf8Value(element)[1..^1];
                // Most have no escapes, and attachments are too long to be copied for nothing.
                AppendText(hash, raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(element.GetString()!) : raw);
                break;
            default:
                hash.AppendData("#"u8);
                AppendText(hash, JsonMarshal.GetRawUtf8Value(element));
                break;
        }
    }

    private static void AppendText(IncrementalHash hash, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[5];
        length[0] = (byte)'"';
        BinaryPrimitives.WriteInt32BigEndian(length[1..], text.Length);
        hash.AppendData(length);
        hash.AppendData(text);
    }
}
