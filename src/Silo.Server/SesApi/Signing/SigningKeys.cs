using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Silo.Server.Access;

namespace Silo.Server.SesApi.Signing;

/// <summary>Derived signing keys by access key, day and Region: four HMACs that need not be made for each request.</summary>
internal sealed class SigningKeys
{
    public const string Service = "ses";

    /// <summary>Two days are in use at midnight; beyond this many entries the cache starts anew.</summary>
    private const int MaxEntries = 1_000;

    private readonly ConcurrentDictionary<(string KeyId, string Secret, string Date, string Region), byte[]> _keys = new();

    public byte[] Get(AccessKey key, string date, string region)
    {
        if (_keys.TryGetValue((key.Id, key.Secret, date, region), out var known)) return known;
        if (_keys.Count >= MaxEntries) _keys.Clear();
        return _keys[(key.Id, key.Secret, date, region)] = Derive(key.Secret, date, region);
    }

    public static byte[] Derive(string secret, string date, string region)
    {
        var byDate = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secret), Encoding.UTF8.GetBytes(date));
        var byRegion = HMACSHA256.HashData(byDate, Encoding.UTF8.GetBytes(region));
        var byService = HMACSHA256.HashData(byRegion, Encoding.UTF8.GetBytes(Service));
        return HMACSHA256.HashData(byService, "aws4_request"u8);
    }
}
