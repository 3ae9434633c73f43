using System.Security.Cryptography;

namespace Silo.Server.SesApi;

/// <summary>What SDKs show as the request id of an answer, and what the log calls it by.</summary>
internal static class RequestId
{
    public static string Give(HttpResponse response, RandomNumberGenerator random)
    {
        var id = New(random);
        response.Headers["x-amzn-RequestId"] = id;
        return id;
    }

    public static string New(RandomNumberGenerator random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.GetBytes(bytes);
        return new Guid(bytes).ToString("D");
    }
}
