# What holds for the project's own targets alone: nothing of this reaches a user.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow)
if(VARIAD_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

# GCC warns falsely of uninitialized variables in sanitized code (inside <regex>, for one), so the
# presets that sanitize with it let warnings be warnings.
if(VARIAD_SANITIZE)
  add_compile_options(-fsanitize=${VARIAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # xsimd converts lanes that it then discards, infinities among them.
    add_compile_options(-fno-sanitize=float-cast-overflow)
  endif()
  add_link_options(-fsanitize=${VARIAD_SANITIZE})
endif()
