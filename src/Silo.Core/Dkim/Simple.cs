namespace Silo.Core.Dkim;

/// <summary>The canonical form "simple" of bodies (RFC 6376 3.4.3), which only verifying needs.</summary>
internal static class Simple
{
    /// <summary>All but the empty lines at the end; one line end for an empty body.</summary>
    public static void Body(ReadOnlySpan<byte> body, Relaxed.Absorb absorb)
    {
        while (body.EndsWith("\r\n"u8)) body = body[..^2];
        if (!body.IsEmpty) absorb(body);
        absorb("\r\n"u8);
    }
}
