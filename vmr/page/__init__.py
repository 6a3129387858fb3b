"""The page: Gradio carries it, our own HTML, CSS and JavaScript draw it."""
