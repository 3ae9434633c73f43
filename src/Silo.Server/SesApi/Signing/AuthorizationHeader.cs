namespace Silo.Server.SesApi.Signing;

/// <summary>
/// The parts of <c>Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…</c>, as ranges of its text.
/// </summary>
internal readonly ref struct AuthorizationHeader
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    public ReadOnlySpan<char> AccessKeyId { get; private init; }

    /// <summary>yyyyMMdd of the credential scope.</summary>
    public ReadOnlySpan<char> Date { get; private init; }

    public ReadOnlySpan<char> Region { get; private init; }

    public ReadOnlySpan<char> Service { get; private init; }

    /// <summary>date/region/service/aws4_request.</summary>
    public ReadOnlySpan<char> Scope { get; private init; }

    /// <summary>Names in lower case, joined by semicolons.</summary>
    public ReadOnlySpan<char> SignedHeaders { get; private init; }

    /// <summary>64 hex digits.</summary>
    public ReadOnlySpan<char> Signature { get; private init; }

    /// <summary>False with the reason, in the words of AWS where they are known.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AuthorizationHeader header, out string? problem)
    {
        header = default;
        problem = null;
        text = text.Trim();
        if (!text.StartsWith(Algorithm) || text.Length == Algorithm.Length || text[Algorithm.Length] != ' ')
            return Refuse($"Authorization header requires the algorithm '{Algorithm}'.", out problem);

        ReadOnlySpan<char> credential = default, signedHeaders = default, signature = default;
        var rest = text[(Algorithm.Length + 1)..];
        foreach (var range in rest.Split(','))
        {
            var part = rest[range].Trim();
            if (part.StartsWith("Credential=") && credential.IsEmpty) credential = part["Credential=".Length..];
            else if (part.StartsWith("SignedHeaders=") && signedHeaders.IsEmpty) signedHeaders = part["SignedHeaders=".Length..];
            else if (part.StartsWith("Signature=") && signature.IsEmpty) signature = part["Signature=".Length..];
            else return Refuse("Authorization header has a part that is unknown or given twice.", out problem);
        }

        if (credential.IsEmpty) return Refuse("Authorization header requires 'Credential' parameter.", out problem);
        if (signature.IsEmpty) return Refuse("Authorization header requires 'Signature' parameter.", out problem);
        if (signedHeaders.IsEmpty) return Refuse("Authorization header requires 'SignedHeaders' parameter.", out problem);

        Span<Range> fields = stackalloc Range[6];
        if (credential.Split(fields, '/') != 5 || !credential[fields[4]].SequenceEqual("aws4_request") || credential[fields[0]].IsEmpty)
            return Refuse("Credential must have the form '<key id>/<date>/<region>/<service>/aws4_request'.", out problem);
        header = new AuthorizationHeader
        {
            AccessKeyId = credential[fields[0]],
            Date = credential[fields[1]],
            Region = credential[fields[2]],
            Service = credential[fields[3]],
            Scope = credential[(credential.IndexOf('/') + 1)..],
            SignedHeaders = signedHeaders,
            Signature = signature,
        };
        return true;
    }

    private static bool Refuse(string reason, out string? problem)
    {
        problem = reason;
        return false;
    }
}
