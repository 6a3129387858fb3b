"""Headers of every answer: what a browser may do with it."""

from __future__ import annotations

import base64
import hashlib
import re

from secure import ContentSecurityPolicy, ReferrerPolicy, Secure, XContentTypeOptions, XFrameOptions


def security_headers(page: bytes) -> dict[str, str]:
    """Headers of an answer; ``page`` is a document whose own inline scripts may run."""
    scripts = re.findall(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.S | re.I)
    hashes = [f"'sha256-{_digest(script)}'" for script in scripts]
    policy = (
        ContentSecurityPolicy()
        .default_src("'self'")
        .script_src("'self'", "'unsafe-eval'", *hashes)  # Gradio compiles the template of gr.HTML
        .style_src("'self'", "'unsafe-inline'")
        .img_src("'self'", "data:", "blob:")
        .media_src("'self'", "blob:")
        .font_src("'self'", "data:")
        .connect_src("'self'", "blob:")
        .worker_src("'self'", "blob:")
        .object_src("'none'")
        .base_uri("'self'")
        .form_action("'self'")
        .frame_ancestors("'none'")
    )
    return dict(
        Secure(
            csp=policy,
            xfo=XFrameOptions().deny(),
            xcto=XContentTypeOptions().nosniff(),
            referrer=ReferrerPolicy().same_origin(),
        ).headers
    )


def _digest(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
